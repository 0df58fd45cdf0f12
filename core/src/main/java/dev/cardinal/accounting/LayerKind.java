package dev.cardinal.accounting;

import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.Op;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Unary;
import java.util.Locale;

/** How a node is called in a summary. */
final class LayerKind {
  private LayerKind() {}

  static String of(Node n) {
    Op op = n.op();
    if (op instanceof Conv c) {
      return c.geometry().groups() > 1 && n.input(1).type().shape().dim(1) == 1 ? "depthwise conv" : "conv";
    }
    if (op instanceof ConvBackwardData) {
      return "transposed conv";
    }
    if (op instanceof BatchNormTraining) {
      return "batch norm";
    }
    if (op instanceof Activation a) {
      return words(a.kind().name());
    }
    if (op instanceof Binary b) {
      return words(b.kind().name());
    }
    if (op instanceof Unary u) {
      return words(u.kind().name());
    }
    return words(op.opName().replaceAll("(?<=[a-z])(?=[A-Z])", "_"));
  }

  private static String words(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static int groups(Node n) {
    Op op = n.op();
    return op instanceof Conv c ? c.geometry().groups() : op instanceof ConvBackwardData c ? c.geometry().groups() : op instanceof Lrn l ? l.groups() : 1;
  }

  /** As in {@code 3x3/2}, with {@code d2} behind it for a dilation of 2. */
  static String kernel(Node n) {
    Op op = n.op();
    if (op instanceof Conv c) {
      return kernel(n, c.geometry());
    }
    if (op instanceof ConvBackwardData c) {
      return kernel(n, c.geometry());
    }
    PoolGeometry p = op instanceof MaxPool m ? m.geometry() : op instanceof AvgPool a ? a.geometry() : null;
    return p == null ? "" : text(p.kernel(), p.stride(), p.dilation());
  }

  private static String kernel(Node n, ConvGeometry g) {
    return text(Spatial.of(n.input(1).type().shape().spatial()), g.stride(), g.dilation());
  }

  private static String text(Spatial kernel, Spatial stride, Spatial dilation) {
    return kernel + (stride.isAll(1) ? "" : "/" + brief(stride)) + (dilation.isAll(1) ? "" : " d" + brief(dilation));
  }

  private static String brief(Spatial s) {
    return s.isAll(s.at(0)) ? Integer.toString(s.at(0)) : s.toString();
  }
}
