namespace AceProxy.Cluster.Connection;

/// <summary>What Redis said, or that it said nothing: away, too slow, or an error of its own, which is logged where it is found.</summary>
internal readonly record struct Answer<T>(bool IsThere, T? Value)
{
    public static Answer<T> None => default;
}
