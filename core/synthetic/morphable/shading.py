"""Light on the rendered face: the colour of every pixel that shows skin, hair, teeth or an eye."""

import numba
import numpy as np

SKIN, MOUTH, GUMS, TEETH, EYE = range(5)
_MOUTH_TONE = np.array([0.16, 0.03, 0.03], np.float32)
_GUM_TONE = np.array([0.42, 0.13, 0.12], np.float32)
_SCLERA = np.array([0.68, 0.62, 0.58], np.float32)


@numba.njit(cache=True)
def sample(texture: np.ndarray, x: float, y: float, channel: int) -> float:
    """Bilinear look-up in (H, W, k) at pixel position x, y; the edge is repeated."""
    height, width, _ = texture.shape
    x = min(max(x - 0.5, 0.0), width - 1.001)
    y = min(max(y - 0.5, 0.0), height - 1.001)
    c, r = int(x), int(y)
    u, v = x - c, y - r
    above = (1 - u) * texture[r, c, channel] + u * texture[r, c + 1, channel]
    below = (1 - u) * texture[r + 1, c, channel] + u * texture[r + 1, c + 1, channel]
    return (1 - v) * above + v * below


@numba.njit(cache=True)
def sample_many(texture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bilinear look-up in (H, W, k) at positions (n, 2; x, y): (n, k)."""
    samples = np.empty((len(at), texture.shape[2]), np.float32)
    for i in range(len(at)):
        for k in range(texture.shape[2]):
            samples[i, k] = sample(texture, at[i, 0], at[i, 1], k)
    return samples


@numba.njit(cache=True, error_model="numpy")
def shade(
    index: np.ndarray,
    weights: np.ndarray,
    triangles: np.ndarray,
    geometry: np.ndarray,
    material: np.ndarray,
    skin: np.ndarray,
    folds: np.ndarray,
    tones: np.ndarray,
    eye: np.ndarray,
    gloss: float,
    lights: np.ndarray,
    ambient: np.ndarray,
    distance: float,
) -> np.ndarray:
    """Linear RGB and cover (H, W, 4) of the pixels that :func:`rasterise` found.

    ``geometry`` (V, 12): normal, place in camera space, painted position, place at rest, hair.
    ``material`` (V,).  ``skin`` and ``folds``: painted squares (S, S, 3) and (S, S, 1).  ``tones``
    (3, 3): skin, hair, teeth.  ``eye``: centre x, y, z, iris radius, iris RGB.  ``lights`` (n, 6):
    direction, colour.  Wrapped Lambert and Blinn-Phong.
    """
    height, width = index.shape
    out = np.zeros((height, width, 4), np.float32)
    g = np.empty(12, np.float32)
    colour = np.empty(3, np.float32)
    shine = np.empty(3, np.float32)
    light = np.empty(3, np.float32)
    for row in range(height):
        for column in range(width):
            t = index[row, column]
            if t < 0:
                continue
            a, b, c = triangles[t]
            wa, wb, wc = weights[row, column]
            for k in range(12):
                g[k] = wa * geometry[a, k] + wb * geometry[b, k] + wc * geometry[c, k]
            kind = material[a]
            glint = 0.22 * gloss
            if kind == SKIN:
                _skin(g, skin, folds, tones, colour)
                if g[11] > 0.5:
                    glint = 0.08
            elif kind == EYE:
                _eye(g, eye, colour)
                glint = 0.7
            else:
                glint = 0.15
                deep = min(max((g[10] - 6.0) / 5.0, 0.05), 1.0)
                for k in range(3):
                    tone = _MOUTH_TONE[k] if kind == MOUTH else _GUM_TONE[k]
                    colour[k] = deep * (tones[2, k] if kind == TEETH else tone)
            _illuminate(g, lights, ambient, distance, kind == EYE, light, shine)
            for k in range(3):
                out[row, column, k] = colour[k] * light[k] + glint * shine[k]
            out[row, column, 3] = 1
    return out


@numba.njit(cache=True)
def _skin(g, skin, folds, tones, colour):
    """Painted skin; plain where the painted square does not reach; hair over it."""
    plain = min(max(max((3.0 - g[10]) / 2, (-8.5 - g[9]) / 1.2), 0.0), 1.0)
    strands = 0.8 + 0.4 * abs(np.sin(g[8] * 4 + 1.3 * np.sin(g[9]) + g[10]))
    fold = sample(folds, g[6], g[7], 0)
    for k in range(3):
        painted = sample(skin, g[6], g[7], k) * fold
        painted += plain * (0.9 * tones[0, k] - painted)
        colour[k] = painted + g[11] * (tones[1, k] * strands - painted)


@numba.njit(cache=True)
def _eye(g, eye, colour):
    """Sclera, limbus, iris and pupil by the distance from the optical axis at rest."""
    away = np.hypot(abs(g[8]) - eye[0] - 0.06, g[9] - eye[1])
    if g[10] < eye[2]:
        away = 9.0
    radius = eye[3]
    white = min(max(1.15 - 0.3 * away, 0.55), 1.0)
    edge = min(max((away - radius) / 0.06 + 0.5, 0.0), 1.0)
    dim = 0.6 + 0.7 * min(away / radius, 1.0)
    if away > 0.87 * radius:
        dim *= 0.5
    for k in range(3):
        iris = 0.01 if away < 0.4 * radius else eye[4 + k] * dim
        colour[k] = iris + edge * (_SCLERA[k] * white - iris)


@numba.njit(cache=True, error_model="numpy")
def _illuminate(g, lights, ambient, distance, wet, light, shine):
    """Fill in diffuse ``light`` and mirrored ``shine`` at a point with geometry ``g``."""
    size = np.sqrt(g[0] ** 2 + g[1] ** 2 + g[2] ** 2) + 1e-9
    nx, ny, nz = g[0] / size, g[1] / size, g[2] / size
    vx, vy, vz = -g[3], -g[4], distance - g[5]
    size = np.sqrt(vx**2 + vy**2 + vz**2)
    vx, vy, vz = vx / size, vy / size, vz / size
    if nx * vx + ny * vy + nz * vz < 0:
        nx, ny, nz = -nx, -ny, -nz
    for k in range(3):
        light[k] = ambient[k] * (0.8 + 0.2 * ny)
        shine[k] = 0
    for i in range(len(lights)):
        lx, ly, lz = lights[i, 0], lights[i, 1], lights[i, 2]
        facing = nx * lx + ny * ly + nz * lz
        diffuse = max((facing + 0.15) / 1.15, 0.0)
        hx, hy, hz = lx + vx, ly + vy, lz + vz
        half = (nx * hx + ny * hy + nz * hz) / (np.sqrt(hx**2 + hy**2 + hz**2) + 1e-9)
        mirrored = 0.0
        if facing > 0 and half > 0:
            mirrored = half**16
            if wet:
                mirrored = mirrored**9
        for k in range(3):
            light[k] += diffuse * lights[i, 3 + k]
            shine[k] += mirrored * lights[i, 3 + k]
