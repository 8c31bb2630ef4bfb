namespace AceProxy.Tests.Gates;

/// <summary>
/// Runs alone: what is counted is a whole process's, or has to come at a steady rate, or it takes every processor from whatever runs beside it.
/// </summary>
[CollectionDefinition(nameof(GatesCollection), DisableParallelization = true)]
public sealed class GatesCollection;
