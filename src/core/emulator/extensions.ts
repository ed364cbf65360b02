/** Names the ISA extension that an encoding outside RV64GC_Zba_Zbb_Zbs belongs to, as far as its opcode tells. */
export function extensionOf(encoding: number): string {
  if ((encoding & 3) !== 3) return (encoding & 0xe003) === 0x8000 ? "Zcb" : "an unknown compressed encoding";
  const opcode = encoding & 0x7f;
  const funct3 = (encoding >>> 12) & 7;
  const funct7 = encoding >>> 25;
  switch (opcode) {
    case 0x57:
      return "V (vector)";
    case 0x07:
    case 0x27:
      return funct3 === 1 ? "Zfh (half precision)" : funct3 === 4 ? "Q (quad precision)" : "V (vector)";
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return ((encoding >>> 25) & 3) === 2 ? "Zfh (half precision)" : "Q (quad precision)";
    case 0x53:
      return (funct7 & 3) === 2 ? "Zfh (half precision)" : (funct7 & 3) === 3 ? "Q (quad precision)" : "Zfa (additional floating point)";
    case 0x33:
      if (funct7 === 0x07) return "Zicond (conditional zero)";
      if (funct7 === 0x05) return "Zbc (carry-less multiplication)";
      return "Zbkb, Zbkx or Zk (cryptography)";
    case 0x13:
    case 0x1b:
    case 0x3b:
      return "Zbkb or Zk (cryptography)";
    case 0x0f:
      return funct3 === 2 ? "Zicbom or Zicboz (cache blocks)" : "an unknown fence";
    case 0x2f:
      return funct3 < 2 ? "Zabha (byte and half-word atomics)" : "Zacas (compare and swap)";
    case 0x73:
      return funct3 === 4 ? "H (hypervisor)" : funct3 ? "a control and status register that user mode does not have" : "a privileged instruction";
    case 0x0b:
    case 0x2b:
    case 0x5b:
    case 0x7b:
      return "a vendor's extension (custom opcode)";
    default:
      return "an unknown extension";
  }
}
