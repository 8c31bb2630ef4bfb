namespace AceProxy.Top.Steering;

/// <summary>What the list is of.</summary>
internal enum Topic
{
    Streams,
    Clients,
    Engines,
    Workers,
    Events,
}
