namespace AceProxy.Cluster.Commands;

/// <summary>A question or an order to workers.</summary>
/// <param name="Argument">The stream, client or engine, or the order about it; null for all.</param>
internal sealed record WorkerCommand(CommandKind Kind, string? Argument = null)
{
    public bool IsOrder => Kind >= CommandKind.StopStream;
}
