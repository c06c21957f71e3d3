"""Triangles to pixels: a z-buffer that tells for every pixel which triangle is seen, and where."""

import numba
import numpy as np


@numba.njit(cache=True)
def rasterise(
    points: np.ndarray, depth: np.ndarray, triangles: np.ndarray, nearest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``triangles`` (T, 3) over the vertices ``points`` (V, 2; x, y in pixels).

    ``depth``: (V,) distance from the camera, positive.  ``nearest``: (H, W) float32 inverse depth of
    what is drawn already (0 where nothing is); it is brought up to date.  Returns per pixel the
    triangle drawn now (int32, -1 for none) and perspective-correct weights (H, W, 3) of its corners.
    """
    height, width = nearest.shape
    index = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 3), np.float32)
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        ax, ay, bx, by, cx, cy = (
            points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1],
        )  # fmt: skip
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12 or depth[a] <= 0 or depth[b] <= 0 or depth[c] <= 0:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        top = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                x = column + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                u, v, w = u / depth[a], v / depth[b], w / depth[c]
                near = u + v + w
                if near > nearest[row, column]:
                    nearest[row, column] = near
                    index[row, column] = t
                    weights[row, column, 0] = u / near
                    weights[row, column, 1] = v / near
                    weights[row, column, 2] = w / near
    return index, weights


@numba.njit(cache=True)
def interpolate(corners: np.ndarray, weights: np.ndarray, attributes: np.ndarray) -> np.ndarray:
    """Vertex ``attributes`` (V, k) at pixels with ``corners`` (n, 3) and ``weights`` (n, 3): (n, k)."""
    count, width = len(corners), attributes.shape[1]
    values = np.empty((count, width), np.float32)
    for i in range(count):
        a, b, c = corners[i]
        for k in range(width):
            values[i, k] = (
                weights[i, 0] * attributes[a, k]
                + weights[i, 1] * attributes[b, k]
                + weights[i, 2] * attributes[c, k]
            )
    return values


@numba.njit(cache=True)
def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3), each the area-weighted mean over the triangles of a vertex."""
    normals = np.zeros_like(vertices)
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        ux, uy, uz = vertices[b] - vertices[a]
        vx, vy, vz = vertices[c] - vertices[a]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(len(normals)):
        length = np.sqrt((normals[i] ** 2).sum())
        if length > 0:
            normals[i] /= length
    return normals
