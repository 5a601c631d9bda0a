"""The App Home: what needs attention among what a person may see."""
