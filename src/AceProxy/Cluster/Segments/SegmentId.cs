namespace AceProxy.Cluster.Segments;

/// <summary>A segment's place: counted from 0 under each epoch.</summary>
internal readonly record struct SegmentId(long Epoch, long Number);
