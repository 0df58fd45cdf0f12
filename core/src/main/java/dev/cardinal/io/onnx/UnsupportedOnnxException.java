package dev.cardinal.io.onnx;

/** A valid model that uses something Cardinal does not have. The message names it. */
public final class UnsupportedOnnxException extends OnnxException {
  private static final long serialVersionUID = 1;

  private final String feature;

  /**
   * With what is missing.
   *
   * @param feature short, as in {@code op Sin} or {@code attribute storage_order of MaxPool}
   * @param detail the rest of the sentence, may be empty
   */
  public UnsupportedOnnxException(String feature, String detail) {
    super("unsupported " + feature + (detail.isEmpty() ? "" : ": " + detail));
    this.feature = feature;
  }

  /** What is missing, short. */
  public String feature() {
    return feature;
  }
}
