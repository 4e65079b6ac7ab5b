def the_readme_is_made_from_the_values(): pass
