"""How an alert is put into words."""
