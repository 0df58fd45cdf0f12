package dev.cardinal.cpu.onnx;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.data.Image;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.io.onnx.OnnxExport;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxModule;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A network is trained on some classes, exported, imported again, and fine-tuned on other classes: with its features frozen, and as a whole. */
class FineTuneTest {
  private static final int BATCH = 32;
  private static final int SIDE = ShapesDataset.SIDE;
  private static final TensorType IMAGES = TensorType.f32(BATCH, 3, SIDE, SIDE);

  /** Three classes of the embedded data, from {@code first} on. */
  private record Task(ShapesDataset data, int first) {
    static final int CLASSES = 3;

    HostTensor[] batch(int number) {
      HostTensor images = HostTensor.zeros(IMAGES);
      HostTensor labels = HostTensor.zeros(TensorType.i32(BATCH));
      Normalize n = new Normalize(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.25f, 0.25f, 0.25f});
      int all = data.classes().size();
      for (int i = 0; i < BATCH; i++) {
        int k = number * BATCH + i;
        int index = k / CLASSES % (data.size() / all) * all + first + k % CLASSES;
        Image image = data.image(index);
        n.write(image, images.floats(), i * 3 * SIDE * SIDE);
        labels.ints()[i] = data.label(index) - first;
      }
      return new HostTensor[] {images, labels};
    }
  }

  private static Map<String, HostTensor> train(Device d, Module net, Map<String, HostTensor> values, Task task, int steps, double rate) {
    TrainOptions o = new TrainOptions().optimizer(new Optimizer.Adam(0, false));
    try (Variables v = d.newVariables()) {
      values.forEach(v::write);
      try (Program p = Compilation.compile(d, TrainingStep.training(net, IMAGES, Task.CLASSES, o), v)) {
        for (int i = 0; i < steps; i++) {
          HostTensor[] b = task.batch(i);
          p.run(Map.of(TrainingStep.IMAGES, b[0], TrainingStep.LABELS, b[1], TrainingStep.RATE, HostTensor.scalar((float) rate)));
        }
      }
      Map<String, HostTensor> trained = new LinkedHashMap<>();
      net.parameters().keySet().forEach(name -> trained.put(name, v.read(name)));
      return trained;
    }
  }

  private static double accuracy(Device d, Module net, Map<String, HostTensor> values, Task task) {
    try (Variables v = d.newVariables()) {
      values.forEach(v::write);
      int right = 0;
      try (Program p = Compilation.compile(d, TrainingStep.evaluation(net, IMAGES, Task.CLASSES, false), v)) {
        for (int i = 0; i < 6; i++) {
          HostTensor[] b = task.batch(i);
          p.run(Map.of(TrainingStep.IMAGES, b[0]));
          HostTensor logits = p.read(TrainingStep.LOGITS);
          for (int row = 0; row < BATCH; row++) {
            int best = 0;
            for (int c = 1; c < Task.CLASSES; c++) {
              best = logits.get(row * Task.CLASSES + c) > logits.get(row * Task.CLASSES + best) ? c : best;
            }
            right += best == b[1].ints()[row] ? 1 : 0;
          }
        }
      }
      return right / (6.0 * BATCH);
    }
  }

  private static Module net() {
    Sequential features = new Sequential(conv2d(3, 16, 3).stride(2).padding(1).noBias(), batchNorm(16), relu(), conv2d(16, 32, 3).stride(2).padding(1).groups(4).noBias(), batchNorm(32), relu(),
        conv2d(32, 48, 3).stride(2).padding(1), relu());
    return new Sequential().add("features", features).add("pool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(48, Task.CLASSES));
  }

  @Test
  void trainedExportedImportedAndFineTuned() {
    Task before = new Task(ShapesDataset.train(), 0);
    Task other = new Task(ShapesDataset.train(), Task.CLASSES);
    Task test = new Task(ShapesDataset.test(), Task.CLASSES);
    try (Device d = Devices.open("cpu:reference")) {
      Module net = net();
      Map<String, HostTensor> trained = train(d, net, net.initialize(1), before, 60, 0.01);
      OnnxModel model = OnnxModel.parse(OnnxExport.model(net, Shape.of(3, SIDE, SIDE), trained), null);

      OnnxModule features = OnnxModule.upTo(model, IMAGES.shape(), model.headInput());
      assertEquals(Shape.of(BATCH, 48), features.output());
      features.values().forEach((name, t) -> assertTrue(t.sameBits(trained.get(name)), name));
      Module tuned = new Sequential().add("body", features.freeze()).add("head", linear(features.output().dim(1), Task.CLASSES));
      assertEquals(java.util.Set.of("head.weight", "head.bias"), tuned.learnedParameters().keySet());
      Map<String, HostTensor> first = tuned.initialize(2);
      Map<String, HostTensor> after = train(d, tuned, first, other, 60, 0.03);
      features.values().forEach((name, t) -> assertTrue(t.sameBits(after.get("body." + name)), name + " changed though it was frozen"));
      double untrained = accuracy(d, tuned, first, test);
      double frozen = accuracy(d, tuned, after, test);
      assertTrue(frozen > Math.max(0.5, untrained + 0.1), "accuracy on new classes was " + untrained + ", after fine-tuning the head " + frozen);

      features.unfreeze();
      Map<String, HostTensor> whole = train(d, tuned, after, other, 40, 0.005);
      assertTrue(!whole.get("body.features.1.running_mean").sameBits(after.get("body.features.1.running_mean")), "batch normalisation does not train");
      assertTrue(!whole.get("body.features.3.weight").sameBits(after.get("body.features.3.weight")), "the features do not train");
      double all = accuracy(d, tuned, whole, test);
      assertTrue(all > Math.max(0.6, frozen - 0.1), "fine-tuning the whole network took accuracy from " + frozen + " to " + all);
    }
  }
}
