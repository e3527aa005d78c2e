"""What is asked: scripts, models, workflow shapes and arrival schedules."""
