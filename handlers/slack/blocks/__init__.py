"""Pure drawing: parts become Block Kit, forms become modals and their values come back."""
