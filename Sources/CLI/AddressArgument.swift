public import ArgumentParser
public import Models

/// `HOST:PORT` as an argument.
extension Topology.Address: ExpressibleByArgument {
    /// Reads an argument; nil, which is said to the user, when it is no host and port.
    public init?(argument: String) { self.init(argument) }
}
