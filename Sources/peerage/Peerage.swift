import CLI

/// The executable: everything is in `CLI`.
@main
enum Peerage {
    static func main() async { await CommandLineTool.main() }
}
