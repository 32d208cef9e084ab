"""Makes `pytest conformance/suite` work in a checkout; where the package is installed, it is this very plugin."""

pytest_plugins = ["conformance.plugin"]
