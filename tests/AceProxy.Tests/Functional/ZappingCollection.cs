namespace AceProxy.Tests.Functional;

/// <summary>Runs alone: what is measured is the memory of the whole process.</summary>
[CollectionDefinition(nameof(ZappingCollection), DisableParallelization = true)]
public sealed class ZappingCollection;
