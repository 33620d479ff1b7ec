"""Generated stubs of the package wheelhouse.v1; written by client/generate."""
