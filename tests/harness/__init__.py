"""What the end-to-end tests and the fault tests share: a control plane, daemons, and looks at both."""
