"""What people read: one module per format over what the warehouse and the list know."""
