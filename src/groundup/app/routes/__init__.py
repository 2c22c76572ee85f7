"""One router a feature. A module that binds ``router`` is included by `groundup.app.main.create_app`."""
