using AceProxy.Cluster.Leases;

namespace AceProxy.Cluster.Segments;

/// <summary>A stream as it stands in Redis.</summary>
/// <param name="Holder">Who has the lease, or null.</param>
/// <param name="Newest">The newest segment, or null.</param>
/// <param name="MadeAt">When that was made by its owner's clock, in Unix ms.</param>
/// <param name="Continues">What the first segment of its epoch continues.</param>
/// <param name="Engine">host:port of the engine its owner read then; empty if it is not known.</param>
/// <param name="Left">For how long the lease is still held unless it is renewed; negative when there is none.</param>
internal sealed record StreamView(LeaseHolder? Holder, SegmentId? Newest, long MadeAt, SegmentId? Continues, string Engine, TimeSpan Left);
