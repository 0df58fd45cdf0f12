package dev.cardinal.cpu.onednn;

import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.NodeTime;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

