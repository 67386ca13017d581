"""A hall that is not there: visitors who wait, give up, come back late and rate; clerks."""
