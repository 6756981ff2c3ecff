// The bytes of a file, and what else the system is asked: whether a file can be read, the environment, the clock.
import Diagnostics
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A whole file in memory; the owner frees it.
struct FileBytes {
  let buffer: UnsafeBufferPointer<UInt8>

  func free() { UnsafeMutableRawPointer(mutating: buffer.baseAddress)?.deallocate() }

  init(path: String, heap: Heap) throws {
    func problem(_ detail: String, help: String? = nil) -> Diagnostic {
      Diagnostic(.fileProblem(path: path, detail: detail), at: nil, help: help)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      let code = errno
      if code == ENOENT {
        let from = path.hasPrefix("/") ? nil : currentDirectory().map { "the path was looked up from \($0)" }
        throw problem("there is no such file", help: from)
      }
      throw problem(String(cString: strerror(code)))
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw problem(String(cString: strerror(errno))) }
    if status.st_mode & S_IFMT == S_IFDIR { throw problem("this is a directory, not a file") }
    // Pipes and devices have no size: they are read until they end.
    var capacity = max(1 << 16, Int(status.st_size) + 1)
    try heap.reserve(bytes: capacity)
    var block = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    var count = 0
    while true {
      let got = read(descriptor, block + count, capacity - count)
      if got < 0 {
        if errno == EINTR { continue }
        let detail = String(cString: strerror(errno))
        block.deallocate()
        throw problem(detail)
      }
      if got == 0 { break }
      count += got
      if count == capacity {
        do { try heap.reserve(bytes: capacity * 2) } catch {
          block.deallocate()
          throw error
        }
        let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
        grown.copyMemory(from: block, byteCount: count)
        block.deallocate()
        block = grown
        capacity *= 2
      }
    }
    buffer = UnsafeBufferPointer(start: block.assumingMemoryBound(to: UInt8.self), count: count)
  }
}

func canRead(_ path: String) -> Bool { access(path, R_OK) == 0 }

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

func currentDirectory() -> String? {
  guard let path = getcwd(nil, 0) else { return nil }
  defer { free(path) }
  return String(cString: path)
}

func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
