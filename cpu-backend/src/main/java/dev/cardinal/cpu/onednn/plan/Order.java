package dev.cardinal.cpu.onednn.plan;

/** Physical orders of a value. Convolution weights take further layouts inside their operation, never between operations. */
public enum Order {
  /** Row-major, as on the host. */
  PLAIN,
  /** Feature maps {@code [N, C, spatial…]} stored as {@code [N, spatial…, C]}: the one layout in which all of oneDNN's fast kernels can meet, whatever the channels per group. */
  CHANNELS_LAST,
  /** As {@link #CHANNELS_LAST}, each element rounded to bfloat16: half the memory, and what matrix units take without conversion. */
  REDUCED
}
