"""A store or a dealer closes: told before, then step by step, each as often as one likes."""
