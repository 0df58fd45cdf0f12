package dev.cardinal.io.onnx;

/** An ONNX file that is broken or does not fit what is asked of it. The message is one sentence. */
public class OnnxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public OnnxException(String message) {
    super(message);
  }

  /** With the sentence to show and what caused it. */
  public OnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
