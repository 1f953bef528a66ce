"""The doors: pages for people, desks for roles, an API for programs."""
