package dev.cardinal.cpu.onednn.machine;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R11;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R14;
import static dev.cardinal.cpu.onednn.machine.Register.R15;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RBP;
import static dev.cardinal.cpu.onednn.machine.Register.RBX;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;
import static dev.cardinal.cpu.onednn.machine.Register.RSP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every instruction against the bytes that the GNU assembler makes of its text; nothing is executed. The bytes are kept here, so this runs anywhere; where the GNU assembler (2.36 or later) is installed,
 * {@link #bytesAreThoseOfTheGnuAssembler} makes them again. By hand: {@code printf '.intel_syntax noprefix\n%s\n' 'TEXT' | as -o a.o && objdump -d -M intel a.o}.
 *
 * <p>An instruction may have several encodings. Braces name the one that our assembler uses: offsets and distances of 32 bits, three bytes of VEX, and of two registers the first as the one that is
 * loaded. There is no such name for immediate numbers, so those here need more than 8 bits, and none goes to rax.
 */
class AssemblerTest {
  /** A text, its bytes and how to write them. */
  private record Case(String text, String bytes, Consumer<Assembler> code) {}

  private final List<Case> cases = new ArrayList<>();

  private void is(String bytes, String text, Consumer<Assembler> code) {
    cases.add(new Case(text, bytes, code));
  }

  private List<Case> all() {
    cases.clear();
    generalRegisters();
    addresses();
    memory();
    vectors();
    vectorsInMemory();
    vectorsWithMemory();
    tiles();
    jumps();
    return cases;
  }

  private void generalRegisters() {
    is("488bc1", "{load} mov rax, rcx", a -> a.move(RAX, RCX));
    is("4c8bce", "{load} mov r9, rsi", a -> a.move(R9, RSI));
    is("498be4", "{load} mov rsp, r12", a -> a.move(RSP, R12));
    is("b800000000", "mov eax, 0", a -> a.move(RAX, 0));
    is("bf78563412", "mov edi, 0x12345678", a -> a.move(RDI, 0x12345678));
    is("41bdffffff7f", "mov r13d, 0x7fffffff", a -> a.move(R13, Integer.MAX_VALUE));
    is("4803d2", "{load} add rdx, rdx", a -> a.add(RDX, RDX));
    is("4c03fb", "{load} add r15, rbx", a -> a.add(R15, RBX));
    is("4881c480000000", "add rsp, 0x80", a -> a.add(RSP, 0x80));
    is("4981c488a9cbed", "add r12, -0x12345678", a -> a.add(R12, -0x12345678));
    is("492bf0", "{load} sub rsi, r8", a -> a.subtract(RSI, R8));
    is("4d2bde", "{load} sub r11, r14", a -> a.subtract(R11, R14));
    is("4881c480f7ffff", "add rsp, -0x880", a -> a.subtract(RSP, 0x880));
    is("4981c200100000", "add r10, 0x1000", a -> a.subtract(R10, -0x1000));
    is("4923cf", "{load} and rcx, r15", a -> a.and(RCX, R15));
    is("4c23c5", "{load} and r8, rbp", a -> a.and(R8, RBP));
    is("4881e400f0ffff", "and rsp, -0x1000", a -> a.and(RSP, -0x1000));
    is("4981e1ffff0000", "and r9, 0xffff", a -> a.and(R9, 0xFFFF));
    is("483bca", "{load} cmp rcx, rdx", a -> a.compare(RCX, RDX));
    is("4c3bf0", "{load} cmp r14, rax", a -> a.compare(R14, RAX));
    is("48ffc9", "dec rcx", a -> a.decrement(RCX));
    is("49ffcb", "dec r11", a -> a.decrement(R11));
    is("53", "push rbx", a -> a.push(RBX));
    is("4157", "push r15", a -> a.push(R15));
    is("5d", "pop rbp", a -> a.pop(RBP));
    is("415c", "pop r12", a -> a.pop(R12));
    is("f390", "pause", Assembler::pause);
    is("c3", "ret", Assembler::ret);
  }

  /** Every register as the base, alone and with every other as the index. */
  private void addresses() {
    is("488b8000000000", "{disp32} mov rax, [rax]", a -> a.load(RAX, Memory.at(RAX)));
    is("488b8100000000", "{disp32} mov rax, [rcx]", a -> a.load(RAX, Memory.at(RCX)));
    is("488b8200000000", "{disp32} mov rax, [rdx]", a -> a.load(RAX, Memory.at(RDX)));
    is("488b8300000000", "{disp32} mov rax, [rbx]", a -> a.load(RAX, Memory.at(RBX)));
    is("488b842400000000", "{disp32} mov rax, [rsp]", a -> a.load(RAX, Memory.at(RSP)));
    is("488b8500000000", "{disp32} mov rax, [rbp]", a -> a.load(RAX, Memory.at(RBP)));
    is("488b8600000000", "{disp32} mov rax, [rsi]", a -> a.load(RAX, Memory.at(RSI)));
    is("488b8700000000", "{disp32} mov rax, [rdi]", a -> a.load(RAX, Memory.at(RDI)));
    is("4d8b8800000000", "{disp32} mov r9, [r8]", a -> a.load(R9, Memory.at(R8)));
    is("4d8b8900000000", "{disp32} mov r9, [r9]", a -> a.load(R9, Memory.at(R9)));
    is("4d8b8a00000000", "{disp32} mov r9, [r10]", a -> a.load(R9, Memory.at(R10)));
    is("4d8b8b00000000", "{disp32} mov r9, [r11]", a -> a.load(R9, Memory.at(R11)));
    is("4d8b8c2400000000", "{disp32} mov r9, [r12]", a -> a.load(R9, Memory.at(R12)));
    is("4d8b8d00000000", "{disp32} mov r9, [r13]", a -> a.load(R9, Memory.at(R13)));
    is("4d8b8e00000000", "{disp32} mov r9, [r14]", a -> a.load(R9, Memory.at(R14)));
    is("4d8b8f00000000", "{disp32} mov r9, [r15]", a -> a.load(R9, Memory.at(R15)));
    is("488b8c2800000000", "{disp32} mov rcx, [rax+rbp]", a -> a.load(RCX, Memory.at(RAX, RBP)));
    is("488b8c3100000000", "{disp32} mov rcx, [rcx+rsi]", a -> a.load(RCX, Memory.at(RCX, RSI)));
    is("488b8c3a00000000", "{disp32} mov rcx, [rdx+rdi]", a -> a.load(RCX, Memory.at(RDX, RDI)));
    is("4a8b8c0300000000", "{disp32} mov rcx, [rbx+r8]", a -> a.load(RCX, Memory.at(RBX, R8)));
    is("4a8b8c0c00000000", "{disp32} mov rcx, [rsp+r9*1]", a -> a.load(RCX, Memory.at(RSP, R9)));
    is("4a8b8c1500000000", "{disp32} mov rcx, [rbp+r10]", a -> a.load(RCX, Memory.at(RBP, R10)));
    is("4a8b8c1e00000000", "{disp32} mov rcx, [rsi+r11]", a -> a.load(RCX, Memory.at(RSI, R11)));
    is("4a8b8c2700000000", "{disp32} mov rcx, [rdi+r12*1]", a -> a.load(RCX, Memory.at(RDI, R12)));
    is("4f8b942800000000", "{disp32} mov r10, [r8+r13]", a -> a.load(R10, Memory.at(R8, R13)));
    is("4f8b943100000000", "{disp32} mov r10, [r9+r14]", a -> a.load(R10, Memory.at(R9, R14)));
    is("4f8b943a00000000", "{disp32} mov r10, [r10+r15]", a -> a.load(R10, Memory.at(R10, R15)));
    is("4d8b940300000000", "{disp32} mov r10, [r11+rax]", a -> a.load(R10, Memory.at(R11, RAX)));
    is("4d8b940c00000000", "{disp32} mov r10, [r12+rcx]", a -> a.load(R10, Memory.at(R12, RCX)));
    is("4d8b941500000000", "{disp32} mov r10, [r13+rdx]", a -> a.load(R10, Memory.at(R13, RDX)));
    is("4d8b941e00000000", "{disp32} mov r10, [r14+rbx]", a -> a.load(R10, Memory.at(R14, RBX)));
    is("4d8b942f88a9cbed", "{disp32} mov r10, [r15+rbp-0x12345678]", a -> a.load(R10, new Memory(R15, RBP, -0x12345678)));
  }

  private void memory() {
    is("4889842428000000", "{disp32} mov [rsp+0x28], rax", a -> a.store(Memory.at(RSP, 0x28), RAX));
    is("4f89bc04f8ffffff", "{disp32} mov [r12+r8*1-8], r15", a -> a.store(new Memory(R12, R8, -8), R15));
    is("4d8db600010000", "{disp32} lea r14, [r14+0x100]", a -> a.address(R14, Memory.at(R14, 0x100)));
    is("4b8d841100000000", "{disp32} lea rax, [r9+r10]", a -> a.address(RAX, Memory.at(R9, R10)));
    is("4903b630000000", "{disp32} add rsi, [r14+0x30]", a -> a.add(RSI, Memory.at(R14, 0x30)));
    is("4c03a40b00000000", "{disp32} add r12, [rbx+rcx]", a -> a.add(R12, Memory.at(RBX, RCX)));
    is("480faf8398000000", "{disp32} imul rax, [rbx+0x98]", a -> a.multiply(RAX, Memory.at(RBX, 0x98)));
    is("4f0fafac0c00000000", "{disp32} imul r13, [r12+r9]", a -> a.multiply(R13, Memory.at(R12, R9)));
    is("483b8380000000", "{disp32} cmp rax, [rbx+0x80]", a -> a.compare(RAX, Memory.at(RBX, 0x80)));
    is("4f3b843500000000", "{disp32} cmp r8, [r13+r14]", a -> a.compare(R8, Memory.at(R13, R14)));
    is("4981be0800000045230100", "{disp32} cmp qword ptr [r14+8], 0x12345", a -> a.compare(Memory.at(R14, 8), 0x12345));
    is("4a81bc1c0000000000f0ffff", "{disp32} cmp qword ptr [rsp+r11*1], -0x1000", a -> a.compare(Memory.at(RSP, R11), -0x1000));
    is("48ff8c2408000000", "{disp32} dec qword ptr [rsp+8]", a -> a.decrement(Memory.at(RSP, 8)));
    is("49ff8c3d00000000", "{disp32} dec qword ptr [r13+rdi]", a -> a.decrement(Memory.at(R13, RDI)));
    is("f0480fc18308000000", "{disp32} lock xadd [rbx+8], rax", a -> a.exchangeAdd(Memory.at(RBX, 8), RAX));
    is("f04f0fc18c2c00000000", "{disp32} lock xadd [r12+r13], r9", a -> a.exchangeAdd(Memory.at(R12, R13), R9));
    is("f048ff8340000000", "{disp32} lock inc qword ptr [rbx+0x40]", a -> a.countUp(Memory.at(RBX, 0x40)));
    is("f04bff842500000000", "{disp32} lock inc qword ptr [r13+r12*1]", a -> a.countUp(Memory.at(R13, R12)));
    is("41ff9600000000", "{disp32} call [r14]", a -> a.call(Memory.at(R14)));
    is("42ff940410000000", "{disp32} call [rsp+r8*1+0x10]", a -> a.call(new Memory(RSP, R8, 0x10)));
  }

  /** Registers below 8, below 16 and above, in every place. */
  private void vectors() {
    is("0f188f00080000", "{disp32} prefetcht0 [rdi+0x800]", a -> a.prefetch(Memory.at(RDI, 0x800)));
    is("430f18940c00000000", "{disp32} prefetcht1 [r12+r9]", a -> a.prefetchSecond(Memory.at(R12, R9)));
    is("62f16c4858cb", "vaddps zmm1, zmm2, zmm3", a -> a.vector(VectorOp.ADD, 1, 2, 3));
    is("62116c4058cb", "vaddps zmm9, zmm18, zmm27", a -> a.vector(VectorOp.ADD, 9, 18, 27));
    is("6241244858e4", "vaddps zmm28, zmm11, zmm12", a -> a.vector(VectorOp.ADD, 28, 11, 12));
    is("62a10c4058ef", "vaddps zmm21, zmm30, zmm23", a -> a.vector(VectorOp.ADD, 21, 30, 23));
    is("62f154485ce6", "vsubps zmm4, zmm5, zmm6", a -> a.vector(VectorOp.SUBTRACT, 4, 5, 6));
    is("62013c485cc7", "vsubps zmm24, zmm8, zmm31", a -> a.vector(VectorOp.SUBTRACT, 24, 8, 31));
    is("62f27d48b8f9", "vfmadd231ps zmm7, zmm0, zmm1", a -> a.vector(VectorOp.MULTIPLY_ADD, 7, 0, 1));
    is("62327d40b8f9", "vfmadd231ps zmm15, zmm16, zmm17", a -> a.vector(VectorOp.MULTIPLY_ADD, 15, 16, 17));
    is("62f1644859d4", "vmulps zmm2, zmm3, zmm4", a -> a.vector(VectorOp.MULTIPLY, 2, 3, 4));
    is("6201744059f5", "vmulps zmm30, zmm17, zmm29", a -> a.vector(VectorOp.MULTIPLY, 30, 17, 29));
    is("62f174485fc2", "vmaxps zmm0, zmm1, zmm2", a -> a.vector(VectorOp.MAXIMUM, 0, 1, 2));
    is("62c15c405fda", "vmaxps zmm19, zmm20, zmm10", a -> a.vector(VectorOp.MAXIMUM, 19, 20, 10));
    is("62f15c485ddd", "vminps zmm3, zmm4, zmm5", a -> a.vector(VectorOp.MINIMUM, 3, 4, 5));
    is("621134405df2", "vminps zmm14, zmm25, zmm26", a -> a.vector(VectorOp.MINIMUM, 14, 25, 26));
    is("62f2774872d0", "vcvtne2ps2bf16 zmm2, zmm1, zmm0", a -> a.vector(VectorOp.ROUND_PAIR, 2, 1, 0));
    is("6222174872ee", "vcvtne2ps2bf16 zmm29, zmm13, zmm22", a -> a.vector(VectorOp.ROUND_PAIR, 29, 13, 22));
    is("62f28d408dd2", "vpermw zmm2, zmm30, zmm2", a -> a.vector(VectorOp.PERMUTE_WORDS, 2, 30, 2));
    is("62c2c5488dc1", "vpermw zmm16, zmm7, zmm9", a -> a.vector(VectorOp.PERMUTE_WORDS, 16, 7, 9));
    is("62916d48dbe7", "vpandd zmm4, zmm2, zmm31", a -> a.vector(VectorOp.AND, 4, 2, 31));
    is("62c17540dbd0", "vpandd zmm18, zmm17, zmm8", a -> a.vector(VectorOp.AND, 18, 17, 8));
    is("62011540efed", "vpxord zmm29, zmm29, zmm29", a -> a.vector(VectorOp.EXCLUSIVE_OR, 29, 29, 29));
    is("62716548efc5", "vpxord zmm8, zmm3, zmm5", a -> a.vector(VectorOp.EXCLUSIVE_OR, 8, 3, 5));
    is("62e17c4814c1", "vunpcklps zmm16, zmm0, zmm1", a -> a.vector(VectorOp.INTERLEAVE_LOW, 16, 0, 1));
    is("62913c4014e9", "vunpcklps zmm5, zmm24, zmm25", a -> a.vector(VectorOp.INTERLEAVE_LOW, 5, 24, 25));
    is("62c10c4815cf", "vunpckhps zmm17, zmm14, zmm15", a -> a.vector(VectorOp.INTERLEAVE_HIGH, 17, 14, 15));
    is("62f12c4015f4", "vunpckhps zmm6, zmm26, zmm4", a -> a.vector(VectorOp.INTERLEAVE_HIGH, 6, 26, 4));
    is("62119d4014e6", "vunpcklpd zmm12, zmm28, zmm30", a -> a.vector(VectorOp.INTERLEAVE_LOW_PAIRS, 12, 28, 30));
    is("6261cd4814ff", "vunpcklpd zmm31, zmm6, zmm7", a -> a.vector(VectorOp.INTERLEAVE_LOW_PAIRS, 31, 6, 7));
    is("6211954015ef", "vunpckhpd zmm13, zmm29, zmm31", a -> a.vector(VectorOp.INTERLEAVE_HIGH_PAIRS, 13, 29, 31));
    is("62c1ad4815e3", "vunpckhpd zmm20, zmm10, zmm11", a -> a.vector(VectorOp.INTERLEAVE_HIGH_PAIRS, 20, 10, 11));
    is("62e3754823c588", "vshuff32x4 zmm16, zmm1, zmm5, 0x88", a -> a.vector(VectorOp.CHOOSE_QUARTERS, 16, 1, 5, 0x88));
    is("6213454023dfdd", "vshuff32x4 zmm11, zmm23, zmm31, 0xdd", a -> a.vector(VectorOp.CHOOSE_QUARTERS, 11, 23, 31, 0xDD));
    is("62c37d4804e3ff", "vpermilps zmm20, zmm11, 0xff", a -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, 20, 0, 11, 0xFF));
    is("62f17448c6da88", "vshufps zmm3, zmm1, zmm2, 0x88", a -> a.vector(VectorOp.CHOOSE_OF_BOTH, 3, 1, 2, 0x88));
    is("62c10c40c6ecdd", "vshufps zmm21, zmm30, zmm12, 0xdd", a -> a.vector(VectorOp.CHOOSE_OF_BOTH, 21, 30, 12, 0xDD));
    is("62f1654872f210", "vpslld zmm3, zmm2, 16", a -> a.shiftLeft(3, 2, 16));
    is("62d1654072f41f", "vpslld zmm19, zmm12, 31", a -> a.shiftLeft(19, 12, 31));
    is("62912d4872f301", "vpslld zmm10, zmm27, 1", a -> a.shiftLeft(10, 27, 1));
    is("62f1554872d308", "vpsrld zmm5, zmm3, 8", a -> a.shiftRight(5, 3, 8));
    is("62d12d4072d11f", "vpsrld zmm26, zmm9, 31", a -> a.shiftRight(26, 9, 31));
    is("6291254872d401", "vpsrld zmm11, zmm28, 1", a -> a.shiftRight(11, 28, 1));
    is("62f16d48fecb", "vpaddd zmm1, zmm2, zmm3", a -> a.vector(VectorOp.ADD_INTEGERS, 1, 2, 3));
    is("62811548fed7", "vpaddd zmm18, zmm13, zmm31", a -> a.vector(VectorOp.ADD_INTEGERS, 18, 13, 31));
    is("62f1cd48d4e5", "vpaddq zmm4, zmm6, zmm5", a -> a.vector(VectorOp.ADD_LONGS, 4, 6, 5));
    is("6251bd40d4ca", "vpaddq zmm9, zmm24, zmm10", a -> a.vector(VectorOp.ADD_LONGS, 9, 24, 10));
    is("62f19d48f4e0", "vpmuludq zmm4, zmm12, zmm0", a -> a.vector(VectorOp.MULTIPLY_UNSIGNED, 4, 12, 0));
    is("6241e540f4d8", "vpmuludq zmm27, zmm19, zmm8", a -> a.vector(VectorOp.MULTIPLY_UNSIGNED, 27, 19, 8));
    is("62f3654825d196", "vpternlogd zmm2, zmm3, zmm1, 0x96", a -> a.vector(VectorOp.COMBINE, 2, 3, 1, 0x96));
    is("6233154025f1ca", "vpternlogd zmm14, zmm29, zmm17, 0xca", a -> a.vector(VectorOp.COMBINE, 14, 29, 17, 0xCA));
    is("62f1cd485efd", "vdivpd zmm7, zmm6, zmm5", a -> a.vector(VectorOp.DIVIDE_DOUBLES, 7, 6, 5));
    is("6281a5485ee2", "vdivpd zmm20, zmm11, zmm26", a -> a.vector(VectorOp.DIVIDE_DOUBLES, 20, 11, 26));
    is("62f17c485aca", "vcvtps2pd zmm1, ymm2", a -> a.vector(VectorOp.WIDEN, 1, 0, 2));
    is("62417c485af1", "vcvtps2pd zmm30, ymm9", a -> a.vector(VectorOp.WIDEN, 30, 0, 9));
    is("62f1fd485adc", "vcvtpd2ps ymm3, zmm4", a -> a.vector(VectorOp.NARROW, 3, 0, 4));
    is("6211fd485ae1", "vcvtpd2ps ymm12, zmm25", a -> a.vector(VectorOp.NARROW, 12, 0, 25));
    is("62f16c48c2cb1e", "vcmpps k1, zmm2, zmm3, 0x1e", a -> a.greater(1, 2, 3));
    is("62d11c40c2f91e", "vcmpps k7, zmm28, zmm9, 0x1e", a -> a.greater(7, 28, 9));
    is("62912448c2d21e", "vcmpps k2, zmm11, zmm26, 0x1e", a -> a.greater(2, 11, 26));
    is("62f36d481ecb01", "vpcmpud k1, zmm2, zmm3, 1", a -> a.below(1, 2, 3));
    is("62d335401ef201", "vpcmpud k6, zmm25, zmm10, 1", a -> a.below(6, 25, 10));
    is("62f35d491ed505", "vpcmpud k2{k1}, zmm4, zmm5, 5", a -> a.notBelow(2, 4, 5, 1));
    is("62933d4d1efd05", "vpcmpud k7{k5}, zmm8, zmm29, 5", a -> a.notBelow(7, 8, 29, 5));
    is("62f16c49c2cb1e", "vcmpps k1{k1}, zmm2, zmm3, 0x1e", a -> a.greater(1, 2, 3, 1));
    is("62d11c47c2f91e", "vcmpps k7{k7}, zmm28, zmm9, 0x1e", a -> a.greater(7, 28, 9, 7));
    is("c5f877", "vzeroupper", Assembler::zeroUpper);
  }

  private void vectorsInMemory() {
    is("62f17c4810840600000000", "{disp32} vmovups zmm0, [rsi+rax]", a -> a.load(0, Memory.at(RSI, RAX)));
    is("62517c4810a42440000000", "{disp32} vmovups zmm12, [r12+0x40]", a -> a.load(12, Memory.at(R12, 0x40)));
    is("62e17c48108c24c0030000", "{disp32} vmovups zmm17, [rsp+0x3c0]", a -> a.load(17, Memory.at(RSP, 0x3C0)));
    is("62017c4810bc0dc0ffffff", "{disp32} vmovups zmm31, [r13+r9-0x40]", a -> a.load(31, new Memory(R13, R9, -0x40)));
    is("62f17c48118c0700000000", "{disp32} vmovups [rdi+rax], zmm1", a -> a.store(Memory.at(RDI, RAX), 1));
    is("62817c4811b41100000000", "{disp32} vmovups [r9+r10], zmm22", a -> a.store(Memory.at(R9, R10), 22));
    is("62317c48118c3d00000000", "{disp32} vmovups [rbp+r15], zmm9", a -> a.store(Memory.at(RBP, R15), 9));
    is("62617c4811b42401000000", "{disp32} vmovups [rsp+1], zmm30", a -> a.store(Memory.at(RSP, 1), 30));
    is("62f17c482b8840000000", "{disp32} vmovntps [rax+0x40], zmm1", a -> a.stream(Memory.at(RAX, 0x40), 1));
    is("62017c482b941800000000", "{disp32} vmovntps [r8+r11], zmm26", a -> a.stream(Memory.at(R8, R11), 26));
    is("62d27d48189650000000", "{disp32} vbroadcastss zmm2, [r14+0x50]", a -> a.broadcast(2, Memory.at(R14, 0x50)));
    is("62227d4818ac2300000000", "{disp32} vbroadcastss zmm29, [rbx+r12*1]", a -> a.broadcast(29, Memory.at(RBX, R12)));
    is("62527d4818941704000000", "{disp32} vbroadcastss zmm10, [r15+rdx+4]", a -> a.broadcast(10, new Memory(R15, RDX, 4)));
    is("62d2fd48199e50000000", "{disp32} vbroadcastsd zmm3, [r14+0x50]", a -> a.broadcastLong(3, Memory.at(R14, 0x50)));
    is("62a2fd4819b42300000000", "{disp32} vbroadcastsd zmm22, [rbx+r12*1]", a -> a.broadcastLong(22, Memory.at(RBX, R12)));
    is("62f17c4911af40000000", "{disp32} vmovups [rdi+0x40]{k1}, zmm5", a -> a.store(Memory.at(RDI, 0x40), 5, 1));
    is("62017c4f119c2800000000", "{disp32} vmovups [r8+r13]{k7}, zmm27", a -> a.store(Memory.at(R8, R13), 27, 7));
    is("62f17cc910ae40000000", "{disp32} vmovups zmm5{k1}{z}, [rsi+0x40]", a -> a.load(5, Memory.at(RSI, 0x40), 1));
    is("62017ccf109c2800000000", "{disp32} vmovups zmm27{k7}{z}, [r8+r13]", a -> a.load(27, Memory.at(R8, R13), 7));
    is("c4e178908a02000000", "{vex3} {disp32} kmovw k1, [rdx+2]", a -> a.loadMask(1, Memory.at(RDX, 2)));
    is("c4817890b43c00000000", "{vex3} {disp32} kmovw k6, [r12+r15]", a -> a.loadMask(6, Memory.at(R12, R15)));
    is("c4e17891940f00000000", "{vex3} {disp32} kmovw [rdi+rcx], k2", a -> a.storeMask(Memory.at(RDI, RCX), 2));
    is("c4c17891bd00000000", "{vex3} {disp32} kmovw [r13], k7", a -> a.storeMask(Memory.at(R13), 7));
  }

  private void vectorsWithMemory() {
    is("62f27d48b88f00000000", "{disp32} vfmadd231ps zmm1, zmm0, [rdi]", a -> a.vector(VectorOp.MULTIPLY_ADD, 1, 0, Memory.at(RDI)));
    is("62127d40b8bc19c0ffffff", "{disp32} vfmadd231ps zmm15, zmm16, [r9+r11-0x40]", a -> a.vector(VectorOp.MULTIPLY_ADD, 15, 16, new Memory(R9, R11, -0x40)));
    is("62423548b8842c00000000", "{disp32} vfmadd231ps zmm24, zmm9, [r12+rbp*1]", a -> a.vector(VectorOp.MULTIPLY_ADD, 24, 9, Memory.at(R12, RBP)));
    is("6221044058b40480000000", "{disp32} vaddps zmm30, zmm31, [rsp+r8*1+0x80]", a -> a.vector(VectorOp.ADD, 30, 31, new Memory(RSP, R8, 0x80)));
    is("62d15c405cbd00000000", "{disp32} vsubps zmm7, zmm20, [r13]", a -> a.vector(VectorOp.SUBTRACT, 7, 20, Memory.at(R13)));
    is("62f37d4804984000000055", "{disp32} vpermilps zmm3, [rax+0x40], 0x55", a -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, 3, 0, Memory.at(RAX, 0x40), 0x55));
    is("62037d4804a40c00000000a0", "{disp32} vpermilps zmm28, [r12+r9], 0xa0", a -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, 28, 0, Memory.at(R12, R9), 0xA0));
    is("6253fd48018d0000000044", "{disp32} vpermpd zmm9, [r13], 0x44", a -> a.vector(VectorOp.CHOOSE_PAIRS, 9, 0, Memory.at(R13), 0x44));
    is("6263fd48019900f0ffffee", "{disp32} vpermpd zmm27, [rcx-0x1000], 0xee", a -> a.vector(VectorOp.CHOOSE_PAIRS, 27, 0, Memory.at(RCX, -0x1000), 0xEE));
    is("62620d48168800020000", "{disp32} vpermps zmm25, zmm14, [rax+0x200]", a -> a.vector(VectorOp.PERMUTE, 25, 14, Memory.at(RAX, 0x200)));
    is("6292554016941000000000", "{disp32} vpermps zmm2, zmm21, [r8+r10*1]", a -> a.vector(VectorOp.PERMUTE, 2, 21, Memory.at(R8, R10)));
    is("62f3754825824002000096", "{disp32} vpternlogd zmm0, zmm1, [rdx+0x240], 0x96", a -> a.vector(VectorOp.COMBINE, 0, 1, Memory.at(RDX, 0x240), 0x96));
    is("6283454025941100000000e8", "{disp32} vpternlogd zmm18, zmm23, [r9+r10*1], 0xe8", a -> a.vector(VectorOp.COMBINE, 18, 23, Memory.at(R9, R10), 0xE8));
    is("62618d48d48a80000000", "{disp32} vpaddq zmm25, zmm14, [rdx+0x80]", a -> a.vector(VectorOp.ADD_LONGS, 25, 14, Memory.at(RDX, 0x80)));
  }

  private void tiles() {
    is("c4e2784983c0000000", "{disp32} ldtilecfg [rbx+0xc0]", a -> a.configureTiles(Memory.at(RBX, 0xC0)));
    is("c4827849842c00000000", "{disp32} ldtilecfg [r12+r13]", a -> a.configureTiles(Memory.at(R12, R13)));
    is("c4e27849c0", "tilerelease", Assembler::releaseTiles);
    is("c4e27b4b840800000000", "{disp32} tileloadd tmm0, [rax+rcx]", a -> a.loadTile(0, RAX, 0, RCX));
    is("c4c27b4bbc3440000000", "{disp32} tileloadd tmm7, [r12+rsi+0x40]", a -> a.loadTile(7, R12, 0x40, RSI));
    is("c4a27b4ba41500000000", "{disp32} tileloadd tmm4, [rbp+r10]", a -> a.loadTile(4, RBP, 0, R10));
    is("c4e27a4b8c0800000000", "{disp32} tilestored [rax+rcx], tmm1", a -> a.storeTile(RAX, 0, RCX, 1));
    is("c4827a4bb43dc0ffffff", "{disp32} tilestored [r13+r15-0x40], tmm6", a -> a.storeTile(R13, -0x40, R15, 6));
    is("c4e24a5cc4", "tdpbf16ps tmm0, tmm4, tmm6", a -> a.multiplyTiles(0, 4, 6));
    is("c4e2425cdd", "tdpbf16ps tmm3, tmm5, tmm7", a -> a.multiplyTiles(3, 5, 7));
    is("c4e2725cf8", "tdpbf16ps tmm7, tmm0, tmm1", a -> a.multiplyTiles(7, 0, 1));
  }

  private void jumps() {
    is("48ffc90f85f7ffffffc3", "0: dec rcx; {disp32} jne 0b; ret", a -> {
      Label back = a.here();
      a.decrement(RCX);
      a.jump(Condition.NOT_ZERO, back);
      a.ret();
    });
    is("e902000000f390c3", "{disp32} jmp 1f; pause; 1: ret", a -> {
      Label on = a.label();
      a.jump(on);
      a.pause();
      a.place(on);
      a.ret();
    });
    is("0f82faffffff0f83110000000f84eeffffff0f8505000000e9e3ffffffc3", "2: {disp32} jb 2b; {disp32} jae 3f; {disp32} je 2b; {disp32} jne 3f; {disp32} jmp 2b; 3: ret", a -> {
      Label first = a.here();
      Label last = a.label();
      a.jump(Condition.BELOW, first);
      a.jump(Condition.AT_LEAST, last);
      a.jump(Condition.ZERO, first);
      a.jump(Condition.NOT_ZERO, last);
      a.jump(first);
      a.place(last);
      a.ret();
    });
    is("e92c010000" + "c3".repeat(300) + "e9fbffffff", "{disp32} jmp 4f; .fill 300, 1, 0xc3; 4: {disp32} jmp 4b", a -> {
      Label far = a.label();
      a.jump(far);
      for (int i = 0; i < 300; i++) {
        a.ret();
      }
      a.place(far);
      a.jump(far);
    });
  }

  private static byte[] code(Consumer<Assembler> of) {
    Assembler a = new Assembler();
    of.accept(a);
    byte[] code = a.code();
    assertEquals(a.position(), code.length);
    return code;
  }

  @TestFactory
  Stream<DynamicTest> every() {
    return all().stream().map(c -> DynamicTest.dynamicTest(c.text, () -> assertEquals(c.bytes, HexFormat.of().formatHex(code(c.code)))));
  }

  /** One after the other the instructions are where they would be alone, jumps to labels of their own included. */
  @Test
  void allInOne() {
    String together = all().stream().map(Case::bytes).collect(Collectors.joining());
    assertEquals(together, HexFormat.of().formatHex(code(a -> all().forEach(c -> c.code.accept(a)))));
  }

  @Test
  void bytesAreThoseOfTheGnuAssembler(@TempDir Path folder) throws Exception {
    Path source = folder.resolve("all.s");
    Files.writeString(source, all().stream().map(Case::text).collect(Collectors.joining("\n", ".intel_syntax noprefix\n", "\n")));
    Assumptions.assumeTrue(runs(folder, "as", "-o", "all.o", "all.s") && runs(folder, "objcopy", "-O", "binary", "-j", ".text", "all.o", "all.bin"), "no GNU assembler here that knows tiles");
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    for (Case c : all()) {
      kept.writeBytes(HexFormat.of().parseHex(c.bytes));
    }
    assertArrayEquals(Files.readAllBytes(folder.resolve("all.bin")), kept.toByteArray());
  }

  private static boolean runs(Path folder, String... command) throws InterruptedException {
    try {
      Process p = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      assertTrue(p.waitFor(60, TimeUnit.SECONDS), "no end of " + command[0]);
      return p.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void everyVectorOperationIsHere() {
    List<byte[]> wide = all().stream().map(c -> HexFormat.of().parseHex(c.bytes)).filter(b -> b[0] == 0x62).toList();
    for (VectorOp op : VectorOp.values()) {
      assertTrue(wide.stream().anyMatch(b -> (b[1] & 7) == op.map && (b[2] & 3) == op.prefix && b[2] < 0 == op.wide && (b[4] & 0xFF) == op.code), op + " wants its bytes here");
    }
  }

  @Test
  void aJumpToNowhereIsRefused() {
    Assembler a = new Assembler();
    a.jump(Condition.ZERO, a.label());
    String message = assertThrows(IllegalStateException.class, a::code).getMessage();
    assertTrue(message.contains("never placed"), message);
  }

  @Test
  void theStackPointerIsNoIndex() {
    // The place of its number in an address means that there is none.
    assertThrows(IllegalArgumentException.class, () -> new Memory(RAX, RSP, 8));
  }
}
