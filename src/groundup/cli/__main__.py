"""``python -m groundup.cli`` is ``groundup``."""

from groundup.cli.main import main

main()
