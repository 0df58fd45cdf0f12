package dev.cardinal.cpu.onednn.machine;

import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Small functions written, placed and called by the library's threads. */
class MachineCodeTest {
  private static final int WORDS = 8;

  /** Calls a function of a pointer to some numbers; they are overwritten. */
  private static long place(Consumer<Assembler> body) {
    Assumptions.assumeTrue(MachineCode.suitsPlatform() && OpenMp.isThere(), "machine code cannot be called here");
    Assembler a = new Assembler();
    body.accept(a);
    long address = MachineCode.place(a.code());
    assertNotEquals(0, address);
    return address;
  }

  private static long[] call(int threads, Consumer<Assembler> body, long... numbers) {
    long function = place(body);
    try (NativeMemory m = NativeMemory.allocate(WORDS * 8, "a test")) {
      ByteBuffer words = NativeMemory.view(m.address(), m.bytes());
      for (int i = 0; i < numbers.length; i++) {
        words.putLong(8 * i, numbers[i]);
      }
      OpenMp.call(function, m.address(), threads);
      long[] result = new long[WORDS];
      words.asLongBuffer().get(result);
      return result;
    }
  }

  @Test
  void sumsInALoop() {
    long[] result = call(1, a -> {
      a.load(RCX, Memory.at(RDI));
      a.move(RAX, 0);
      Label again = a.here();
      a.add(RAX, RCX);
      a.decrement(RCX);
      a.jump(Condition.NOT_ZERO, again);
      a.store(Memory.at(RDI, 8), RAX);
      a.ret();
    }, 1000);
    assertEquals(500500, result[1]);
  }

  /** Savings of registers, subtraction, products, masks and addresses. */
  @Test
  void computes() {
    long[] result = call(1, a -> {
      a.push(R12);
      a.push(R13);
      a.move(R12, RDI);
      a.load(R13, Memory.at(R12));
      a.multiply(R13, Memory.at(RDI, 8));
      a.subtract(R13, 0x12345);
      a.and(R13, -0x100);
      a.store(Memory.at(R12, 16), R13);
      a.move(RAX, 24);
      a.address(RDX, new Memory(R12, RAX, 8));
      a.subtract(RDX, R12);
      a.store(Memory.at(RDI, RAX), RDX);
      a.pop(R13);
      a.pop(R12);
      a.ret();
    }, 123_456_789, 987_654_321);
    assertEquals(123_456_789L * 987_654_321 - 0x12345 & -0x100, result[2]);
    assertEquals(32, result[3]);
  }

  /** Numbers are compared without their signs, registers and numbers in memory alike. */
  @Test
  void jumpsOnConditions() {
    long[][] pairs = {{1, 2}, {2, 2}, {3, 2}, {-1, 2}, {2, -1}};
    for (long[] p : pairs) {
      long[] result = call(1, a -> {
        a.load(R8, Memory.at(RDI));
        a.load(R9, Memory.at(RDI, 8));
        a.move(RAX, 1);
        int at = 16;
        for (Condition c : Condition.values()) {
          Label no = a.label();
          Label yes = a.label();
          a.compare(R8, R9);
          a.jump(c, yes);
          a.jump(no);
          a.place(yes);
          a.store(Memory.at(RDI, at), RAX);
          a.place(no);
          at += 8;
        }
        a.ret();
      }, p);
      int order = Long.compareUnsigned(p[0], p[1]);
      String what = p[0] + " and " + p[1];
      assertEquals(order < 0 ? 1 : 0, result[2], what);
      assertEquals(order >= 0 ? 1 : 0, result[3], what);
      assertEquals(order == 0 ? 1 : 0, result[4], what);
      assertEquals(order != 0 ? 1 : 0, result[5], what);
    }
  }

  /** Each thread of the team comes once and takes a number of its own. */
  @Test
  void everyThreadOfTheTeamComes() {
    Consumer<Assembler> arrive = a -> {
      a.move(RAX, 1);
      a.exchangeAdd(Memory.at(RDI), RAX);
      // The numbers before it, whose sum does not depend on their order.
      a.exchangeAdd(Memory.at(RDI, 8), RAX);
      a.countUp(Memory.at(RDI, 16));
      a.ret();
    };
    long[] team = call(4, arrive);
    assertTrue(team[0] >= 1 && team[0] <= 4, team[0] + " threads");
    assertEquals(team[0] * (team[0] - 1) / 2, team[1]);
    assertEquals(team[0], team[2]);
    long[][] one = new long[1][];
    OpenMp.alone(() -> one[0] = call(4, arrive));
    assertEquals(1, one[0][0]);
  }

  @Test
  void isNeverWritableAndExecutable() throws IOException {
    long address = place(Assembler::ret);
    String mapping = Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(l -> {
      String[] range = l.split(" ")[0].split("-");
      return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0 && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
    }).findFirst().orElseThrow();
    assertEquals("r-xp", mapping.split(" ")[1], mapping);
  }
}
