"""S3's condition keys that take more than a look at a header: tags put and tags there, a copy's source."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_core.localaws.s3 import headers

Keys = dict[str, tuple[str, ...]]


def header_keys(sent: Mapping[str, str]) -> Keys:
    """What a request's headers say. AwsError InvalidArgument, InvalidTag for headers that say nothing.

    A copy's source is `bucket/key`, however the header spells it: a policy must not be got round by another spelling.
    """
    found = request_tag_keys(headers.tags(sent)) if "x-amz-tagging" in sent else {}
    if "x-amz-copy-source" in sent:
        bucket, key, _ = headers.copy_source(sent)
        found["s3:x-amz-copy-source"] = (f"{bucket}/{key}",)
    return found


def request_tag_keys(tags: Mapping[str, str]) -> Keys:
    """The tags that a request puts on an object."""
    if not tags:
        return {}
    found = {f"s3:requestobjecttag/{key.lower()}": (value,) for key, value in tags.items()}
    return {**found, "s3:requestobjecttagkeys": tuple(tags)}


def existing_tag_keys(tags: Mapping[str, str]) -> Keys:
    """The tags of the object that is asked for."""
    return {f"s3:existingobjecttag/{key.lower()}": (value,) for key, value in tags.items()}
