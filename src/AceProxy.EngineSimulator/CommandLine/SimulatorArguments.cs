using System.Collections.Immutable;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.CommandLine;

/// <summary>What the console was asked to do.</summary>
internal sealed record SimulatorArguments(
    bool Help,
    bool Verbose,
    SimulatorOptions Options,
    ImmutableArray<ContentScript> Contents,
    ImmutableArray<string> Problems);
