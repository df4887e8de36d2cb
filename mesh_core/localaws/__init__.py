"""An AWS endpoint on this machine: S3, IAM, STS, Glue, Lake Formation and Athena, enforced and remembered.

Started with `python -m mesh_core.localaws`, never imported by the rest of the project, and importing nothing of it.
"""
