package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Runs.Run;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The sizes of one convolution and its channels laid out in {@link ConvFrames}: what the three operations of the family share. With
 * M input and K output channels per group, group g has the input channels from g M and the output channels from g K on.
 */
final class ConvSizes {
  private static final int PIECE = 1 << 14;
  final int batch;
  final int inputs;
  final int outputs;
  final int inputsPerGroup;
  final int outputsPerGroup;
  final ConvFrames frames;
  /** Weights of one output channel. */
  final int row;

  ConvSizes(ConvGeometry g, Shape x, int outputs, Spatial kernel) {
    batch = x.dim(0);
    inputs = x.dim(1);
    this.outputs = outputs;
    inputsPerGroup = inputs / g.groups();
    outputsPerGroup = outputs / g.groups();
    frames = new ConvFrames(g, x.spatial(), kernel);
    row = inputsPerGroup * frames.taps().length;
  }

  /** Sample n's input channels in their frames. */
  double[][] frameInputs(double[] x, int n, Parallel parallel) {
    double[][] framed = new double[inputs][];
    parallel.range(inputs, c -> {
      framed[c] = new double[frames.channelSize()];
      frames.frameInput(x, (n * inputs + c) * frames.inputSize(), framed[c]);
    });
    return framed;
  }

  /** Sample n's output channels as runs. */
  double[][] frameOutputs(double[] y, int n, Parallel parallel) {
    double[][] framed = new double[outputs][];
    parallel.range(outputs, c -> {
      framed[c] = new double[frames.run()];
      frames.frameOutput(y, (n * outputs + c) * frames.outputSize(), framed[c]);
    });
    return framed;
  }

  /**
   * What one output channel of a group reads for its weights {@code first} to before {@code end}: for each of them, an input channel and a
   * tap, the run that it is multiplied with.
   */
  List<Run> reads(double[][] framed, int group, int first, int end) {
    int[] taps = frames.taps();
    List<Run> runs = new ArrayList<>(end - first);
    for (int i = first; i < end; i++) {
      runs.add(new Run(framed[group * inputsPerGroup + i / taps.length], taps[i % taps.length]));
    }
    return runs;
  }

  /** Calls the body with the beginning and end of each piece of an output channel's weights, short enough for {@link #reads}. */
  void pieces(BiConsumer<Integer, Integer> body) {
    for (int first = 0; first < row; first += PIECE) {
      body.accept(first, Math.min(row, first + PIECE));
    }
  }

  /** Calls the body with the beginning and length of each piece of an output run. */
  void tiles(BiConsumer<Integer, Integer> body) {
    for (int at = 0; at < frames.run(); at += Runs.TILE) {
      body.accept(at, Math.min(Runs.TILE, frames.run() - at));
    }
  }

  /** Runs the body in parallel for blocks of a few channels that lie in one group. */
  static void blocks(Parallel parallel, int channels, int perGroup, BlockBody body) {
    int blocksPerGroup = (perGroup + Runs.BLOCK - 1) / Runs.BLOCK;
    parallel.range(channels / perGroup * blocksPerGroup, b -> {
      int group = b / blocksPerGroup;
      int first = b % blocksPerGroup * Runs.BLOCK;
      body.accept(group, group * perGroup + first, group * perGroup + Math.min(perGroup, first + Runs.BLOCK));
    });
  }

  /** What is done for a block of channels. */
  interface BlockBody {
    void accept(int group, int first, int end);
  }
}
