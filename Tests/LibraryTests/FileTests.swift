// IDX files, plain and packed, whole and damaged in every way that a download can be.
import Diagnostics
import Library
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct FileTests {
  static let head: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]
  static let images = head + [0, 1, 2, 253, 254, 255]
  static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9]

  /// Writes `bytes` to a fresh file and gives its path.
  static func file(_ bytes: [UInt8]) -> String {
    var template = Array("/tmp/trellis-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A gzip file with one stored block.
  static func packed(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    crc = ~crc
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let size = UInt32(bytes.count)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(size, 2) + little(~size, 2) + bytes + little(crc, 4)
      + little(size, 4)
  }

  func read(_ bytes: [UInt8], _ then: String) -> ScriptResult {
    let path = FileTests.file(bytes)
    defer { unlink(path) }
    return runScript("let x = read_idx(\"\(path)\")\n\(then)")
  }

  @Test(arguments: [false, true]) func wholeFilesAreRead(isPacked: Bool) {
    let images = isPacked ? FileTests.packed(FileTests.images) : FileTests.images
    let labels = isPacked ? FileTests.packed(FileTests.labels) : FileTests.labels
    #expect(read(images, "print(x)").output == "tensor([[0.0, 1.0, 2.0], [253.0, 254.0, 255.0]])\n")
    #expect(read(labels, "print(x)").output == "tensor([7, 0, 9])\n")
  }

  @Test func otherElementTypesAreRead() {
    let shorts: [UInt8] = [0, 0, 0x0B, 1, 0, 0, 0, 2, 0xFF, 0xFE, 1, 0]
    #expect(read(shorts, "print(x)").output == "tensor([-2, 256])\n")
    let floats: [UInt8] = [0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0xC0, 0, 0]
    #expect(read(floats, "print(x)").output == "tensor([1.5])\n")
    let doubles: [UInt8] = [0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]
    #expect(read(doubles, "print(x)").output == "tensor([1.5], dtype: f64)\n")
    #expect(read([0, 0, 8, 1, 0, 0, 0, 0], "print(x.shape)").output == "[0]\n")
  }

  @Test func everyTruncationIsAnError() {
    for bytes in [FileTests.images, FileTests.packed(FileTests.images)] {
      for count in 0..<bytes.count {
        #expect(read(Array(bytes[..<count]), "").problems.first?.problem.id == "bad-data", "cut after \(count)")
      }
    }
  }

  @Test func damageIsAnError() {
    var wrongMagic = FileTests.images
    wrongMagic[2] = 0x42
    var wrongCheck = FileTests.packed(FileTests.images)
    wrongCheck[wrongCheck.count - 6] ^= 1
    let endless: [UInt8] = [
      0, 0, 8, 4, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ]
    for bytes in [wrongMagic, wrongCheck, endless, FileTests.images + [0], Array("not a data file".utf8)] {
      #expect(read(bytes, "").problems.first?.problem.id == "bad-data")
    }
  }

  @Test func missingFilesAndDirectoriesAreErrors() {
    #expect(runScript("read_idx(\"/no/such/file\")").problems.first?.problem.id == "file-problem")
    #expect(runScript("read_text(\"/tmp\")").problems.first?.problem.id == "file-problem")
    let path = FileTests.file([0x61, 0xE4])
    defer { unlink(path) }
    #expect(runScript("read_text(\"\(path)\")").problems.first?.problem.id == "bad-data")
  }
}
