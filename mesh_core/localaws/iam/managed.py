"""AWS's own managed policies: which of them are here."""

from __future__ import annotations

AWS_MANAGED = (
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonAthenaFullAccess",
    "AWSGlueConsoleFullAccess",
    "AWSLakeFormationDataAdmin",
    "AWSGlueServiceRole",
)


def no_such_policy(arn: str) -> str:
    """Why a managed policy can't be used: AWS has many that are not here."""
    text = f"Policy {arn} does not exist or is not attachable."
    if not arn.startswith("arn:aws:iam::aws:policy/"):
        return text
    return f"{text} Of AWS's own policies the local endpoint has only: {', '.join(AWS_MANAGED)}."
