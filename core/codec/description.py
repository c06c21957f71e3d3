"""What a stored file holds, byte by byte: the document of ``python -m core.codec info``."""

from core.codec.codec import codec_of
from core.codec.collection import Collection, open_many
from core.codec.exact import decode_exact
from core.codec.file_format import MANY, Header, inspect, kind_of, pack, unpack


def describe(file: bytes) -> dict:
    """Size, quality, checkpoint, rates and bytes of a file; it is decoded, so it is intact.

    Raises InputError as decoding does.
    """
    if kind_of(file) == MANY:
        return _many(open_many(file))
    header = inspect(file)
    return _exact(header, file) if header.exact else _lossy(header, file)


def _many(collection: Collection) -> dict:
    many = collection.many
    for _ in collection:  # so that what is described is intact
        pass
    overhead = many.file_bytes - many.payload_bytes
    return {
        "pictures": len(collection),
        "checkpoint": collection.codec.id,
        "fingerprint": collection.codec.fingerprint,
        "bytes": {
            "file": many.file_bytes,
            "payload": many.payload_bytes,
            "header_and_index": overhead,
            "overhead_each": round(overhead / len(collection), 3),
        },
        "each": [
            {
                **({"name": many.names[place]} if many.names else {}),
                "width": stored.width,
                "height": stored.height,
                "quality_index": stored.quality_index,
                "payload": len(stored.content),
            }
            for place, stored in enumerate(many.pictures)
        ],
    }


def _exact(header: Header, file: bytes) -> dict:
    decode_exact(file)
    return {
        "width": header.width,
        "height": header.height,
        "lossless": True,
        "file_bpp": header.file_bpp,
        "bytes": {
            "file": header.file_bytes,
            "header": header.header_bytes,
            "payload": header.payload_bytes,
        },
    }


def _lossy(header: Header, file: bytes) -> dict:
    codec = codec_of(file)
    latents = unpack(codec.network, codec.fingerprint, file)
    encoded = pack(codec.network, codec.fingerprint, latents)
    return {
        "width": header.width,
        "height": header.height,
        "quality": round(header.quality, 4),
        "quality_index": header.quality_index,
        "checkpoint": codec.id,
        "fingerprint": codec.fingerprint,
        "file_bpp": encoded.file_bpp,
        "payload_bpp": encoded.payload_bpp,
        "bpp_estimated": encoded.bpp_estimated,
        "bytes": {
            "file": encoded.file_bytes,
            "header": encoded.header_bytes,
            "header_parts": encoded.header_parts,
            "payload": encoded.payload_bytes,
            "z_estimated": round(encoded.z_bits / 8, 2),
            "y_estimated": round(encoded.y_bits / 8, 2),
        },
    }
