"""A model that only Athena for Spark could run."""


def model(dbt, spark):
    return dbt.ref("customers")
