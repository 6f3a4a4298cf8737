"""Plans near the best one: bounds with a site forced in or out, and the changes that bring it in or drive it out."""
