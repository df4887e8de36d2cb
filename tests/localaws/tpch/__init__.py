"""TPC-H in small: data made here, and answers without SQL."""
