"""What people do, as handlers: guard, service call, render. Nothing is decided here."""
