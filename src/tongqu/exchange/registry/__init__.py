"""What: the resources that exist and the rights that are registered in them."""
