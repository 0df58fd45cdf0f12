package dev.cardinal.cuda.plan;

/** In which order the elements of a value lie in device memory. There are no gaps in either. */
public enum Order {
  /** As the axes are: N, C, spatial, the last one fastest. Whatever is no feature map lies so. */
  ROWS,
  /** N, spatial, C: channels fastest, which tensor cores want. Only values of rank 3 and above, taken as {@code [N, C, spatial…]}. */
  CHANNELS_LAST
}
