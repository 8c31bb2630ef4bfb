namespace AceProxy.Cluster.Connection;

/// <summary>How one of Redis's nodes takes a ping.</summary>
internal enum NodeState
{
    /// <summary>Also with an error.</summary>
    Answers,

    /// <summary>Not connected, as the client library knows, which tries again and again.</summary>
    Away,

    /// <summary>Nothing comes on a connection that seems open.</summary>
    Silent,
}
