"""Methods of classical machine learning, as estimators with the conventions of scikit-learn."""
