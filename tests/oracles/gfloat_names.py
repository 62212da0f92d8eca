"""What gfloat calls our rounding modes and formats."""

from __future__ import annotations

import gfloat

MODES = {
    "nearest-even": gfloat.RoundMode.TiesToEven,
    "nearest-away": gfloat.RoundMode.TiesToAway,
    "toward-zero": gfloat.RoundMode.TowardZero,
    "up": gfloat.RoundMode.TowardPositive,
    "down": gfloat.RoundMode.TowardNegative,
}
NAMED = {
    "fp64": "binary64",
    "fp32": "binary32",
    "fp16": "binary16",
    "bf16": "bfloat16",
    "fp8_e4m3fn": "ocp_e4m3",
    "fp8_e5m2": "ocp_e5m2",
    "fp6_e2m3": "ocp_e2m3",
    "fp6_e3m2": "ocp_e3m2",
    "fp4_e2m1": "ocp_e2m1",
}
