"""What is generated from the code: documentation, templates, data packages."""
