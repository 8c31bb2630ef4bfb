namespace AceProxy.Cluster.Connection;

/// <summary>What Redis said, or that it said nothing: away, too slow, an error of its own or a reply of no sense, which is logged where it is found.</summary>
internal readonly record struct Answer<T>(bool IsThere, T? Value)
{
    public static Answer<T> None => default;
}
