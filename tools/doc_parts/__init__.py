"""The generated parts of the docs: a file for each page, a function for each part."""
