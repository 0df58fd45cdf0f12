package dev.cardinal.data;

import dev.cardinal.tensor.HostTensor;

/**
 * One mini-batch of {@code B} rows. The last batch of an epoch may have fewer samples than rows: the remaining rows repeat its first
 * samples, with the label −1, which losses and metrics ignore.
 *
 * <p>The arrays are recycled: a batch is valid until the next call of {@link BatchIterator#next()} or {@link BatchIterator#close()}; whoever
 * wants it longer takes a {@link #copy()}.
 *
 * @param images float32 {@code [B, C, H, W]}
 * @param labels int32 {@code [B]}; −1 in padding rows
 * @param indices the sample numbers in the data set, {@code B} of them; padding rows name the sample they repeat
 * @param count how many rows are samples, 1 to {@code B}; they come first
 */
public record Batch(HostTensor images, HostTensor labels, int[] indices, int count) {
  /** A batch with arrays of its own. */
  public Batch copy() {
    return new Batch(images.copy(), labels.copy(), indices.clone(), count);
  }
}
